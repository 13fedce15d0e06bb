/** A moment in whole seconds, which is what certificates know. */
export function daysFrom(start: Date, days: number): Date {
  return new Date(Math.floor(start.getTime() / 1000) * 1000 + days * 86_400_000);
}
