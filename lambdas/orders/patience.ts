/** The waiting times of orders, in seconds. The stack can override them with environment variables. */
export const patience = {
  /** The time to pay an order. Unpaid orders are cancelled after it. @default 15 minutes */
  get paymentWindow() {
    return seconds('PAYMENT_WINDOW_SECONDS', 15 * 60);
  },
  /** The time without progress after which an order is nudged. Doubles with each further nudge. @default 2 minutes */
  get progress() {
    return seconds('PROGRESS_SECONDS', 2 * 60);
  },
} as const;

/** The maximum number of nudges. After them, the order is flagged. */
export const MAX_NUDGES = 5;

function seconds(variable: string, defaultSeconds: number): number {
  return Number(process.env[variable] ?? defaultSeconds);
}
