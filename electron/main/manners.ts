/** How the window behaves while something trains: decisions only, no Electron. */
import type { Activity } from '../contract/index.ts'

/** As Electron's `setProgressBar` takes it: below 0 there is none, above 1 it moves without saying how far. */
export const progressBarOf = ({ trainings, progress }: Activity): number =>
  trainings === 0 ? -1 : (progress ?? 2)

const plural = (trainings: number): string =>
  trainings === 1 ? 'A training is' : `${trainings} trainings are`

export const trayText = ({ trainings, progress }: Activity): string => {
  if (trainings === 0) return 'Descent: nothing is trained any more'
  const share = progress === null ? '' : `, ${Math.round(100 * progress)} %`
  return `Descent: ${trainings === 1 ? 'a training' : `${trainings} trainings`} under way${share}`
}

export type CloseAnswer = 'background' | 'stop' | 'stay'

/** In the order of the buttons. */
const answers: readonly CloseAnswer[] = ['background', 'stop', 'stay']

export const closeQuestion = ({ trainings }: Activity) => ({
  type: 'question' as const,
  message: `${plural(trainings)} under way.`,
  detail:
    'In the background Descent goes on without its window, and keeps this computer awake; its symbol beside the clock, or starting it again, brings the window back. Stopped at a checkpoint, a training can be resumed later.',
  buttons: ['Go On in the Background', 'Stop at a Checkpoint and Quit', 'Cancel'],
  defaultId: 0,
  cancelId: answers.indexOf('stay'),
  noLink: true,
})

export const closeAnswer = (button: number): CloseAnswer => answers[button] ?? 'stay'

/** More crashes than that within the time, and loading the page again would only crash again. */
const [mostCrashes, crashWindowMs] = [3, 60_000]

/** Whether a window whose page crashed is loaded again, of the times (ms) of its crashes so far, this one included. */
export const comesBack = (crashes: readonly number[]): boolean =>
  crashes.filter((at) => at > crashes.at(-1)! - crashWindowMs).length <= mostCrashes
