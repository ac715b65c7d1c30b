import { strings } from '../strings/index.ts'

const words = strings.components.ago

/** `2 minutes ago`; the day of what was more than a month ago. */
export function formatAgo(time: number, now: number): string {
  const seconds = Math.max(0, (now - time) / 1000)
  if (seconds < 60) return words.now
  if (seconds < 3600) return words.minutes(Math.floor(seconds / 60))
  if (seconds < 86_400) return words.hours(Math.floor(seconds / 3600))
  if (seconds < 86_400 * 30) return words.days(Math.floor(seconds / 86_400))
  return new Date(time).toISOString().slice(0, 10)
}
