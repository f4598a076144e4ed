/** Whether an ARN is that of a Custom Event Bus, not of a Custom Event Bus – Classic. */
export function isBusV2(bus: string): boolean {
  return bus.includes(':event-busv2/');
}
