/** The life of a run, as a pure function: what may happen in which state, and where it leads. */
import type { ErrorCode, RunState } from '../../contract/index.ts'

export type RunEvent =
  | 'launch' // a trainer is being started for it
  | 'begin' // the trainer has its device and data and trains
  | 'pause'
  | 'resume' // asked for by the user
  | 'stop' // asked for by the user
  | 'finish'
  | 'fail'
  | 'die' // the trainer or the host went away without a word

const transitions: Record<RunState, Partial<Record<RunEvent, RunState>>> = {
  queued: { launch: 'preparing', stop: 'stopped', fail: 'failed', die: 'interrupted' },
  preparing: { begin: 'running', stop: 'stopped', fail: 'failed', die: 'interrupted' },
  running: { pause: 'paused', stop: 'stopped', finish: 'finished', fail: 'failed', die: 'interrupted' },
  // A paused run has a checkpoint of exactly this moment: losing its trainer loses nothing.
  paused: { resume: 'queued', begin: 'running', stop: 'stopped', fail: 'failed', die: 'paused' },
  interrupted: { resume: 'queued', stop: 'stopped' },
  finished: {},
  stopped: {},
  failed: {},
  imported: {},
}

/** The state after `event`, or null where it makes no sense. */
export function nextState(state: RunState, event: RunEvent): RunState | null {
  return transitions[state][event] ?? null
}

/** What training itself could not help. A run that it ends goes on from its last checkpoint, once somebody says so. */
const notItsFault: ReadonlySet<ErrorCode> = new Set(['damaged', 'deviceLost'])

/** What becomes of a run by an error; null: one without a code. */
export const eventOf = (code: ErrorCode | null): RunEvent =>
  code !== null && notItsFault.has(code) ? 'die' : 'fail'

/** States in which a trainer may be at work, and which are therefore wrong when the host has just started. */
export const liveStates: readonly RunState[] = ['queued', 'preparing', 'running']

/** Nothing will change such a run any more. */
export const isSettled = (state: RunState): boolean => Object.keys(transitions[state]).length === 0

/** Its weights are final as far as the user decided: they may be evaluated and deployed. */
export const isEvaluable = (state: RunState): boolean => state === 'finished' || state === 'stopped'
