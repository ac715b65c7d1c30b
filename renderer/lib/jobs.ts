/** What is said about work on data while it goes on. */
import type { Job } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatBytes, formatPercent, formatSeconds } from './format.ts'

const words = strings.shell.jobs

export const isUnderWay = ({ state }: Job): boolean => state === 'waiting' || state === 'running'

/** Whole seconds after the first: figures that change five times a second are not read. */
export const formatElapsed = (seconds: number): string =>
  formatSeconds(seconds < 1 ? seconds : Math.floor(seconds))

/** `42 % · 12 s · 340 MB of memory`; what is not known is left out. */
export function jobFacts({ state, progress, seconds, memory }: Job): string {
  if (state === 'waiting') return words.waiting
  return [
    progress === null ? '' : formatPercent(progress, 0),
    formatElapsed(seconds),
    memory === null ? '' : words.memory(formatBytes(memory)),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Spoken at the beginning and at each quarter, not at every figure. */
export function jobSpoken({ label, progress }: Job): string {
  const quarter = Math.floor((progress ?? 0) * 4)
  return quarter === 0 ? label : `${label}: ${quarter * 25} %`
}
