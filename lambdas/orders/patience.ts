/** How long orders wait, in seconds. The stack may set them otherwise: a demo has less time. */
export const patience = {
  /** An order that is not paid within this time is cancelled. */
  get paymentWindow() {
    return seconds('PAYMENT_WINDOW_SECONDS', 15 * 60);
  },
  /** An order that did not progress for this long is nudged; each further nudge waits twice as long. */
  get progress() {
    return seconds('PROGRESS_SECONDS', 2 * 60);
  },
} as const;

/** After so many nudges an order is flagged instead. */
export const MAX_NUDGES = 5;

function seconds(variable: string, otherwise: number): number {
  return Number(process.env[variable] ?? otherwise);
}
