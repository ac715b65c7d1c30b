/** Where the tour goes, in order. What it says there stands in strings/tour.ts under the same names. */
import type { StepName } from '../../electron/contract/index.ts'
import type { tour } from '../strings/tour.ts'

export type TourStepName = keyof typeof tour.steps

export interface TourStep {
  readonly name: TourStepName
  readonly page: StepName
  /** The control that it points at. */
  readonly target: string
  /** What takes the tour on by itself: a run has been started. */
  readonly until?: 'started'
}

/** The sample that it is about. */
export const tourSample = 'churn'

export const tourSteps: readonly TourStep[] = [
  { name: 'data', page: 'data', target: '#main [data-explain="target"]' },
  { name: 'explore', page: 'explore', target: '#main [data-explain="balance"]' },
  { name: 'prepare', page: 'prepare', target: '#main [data-explain="split"]' },
  { name: 'model', page: 'model', target: '#main [data-explain="size"]' },
  { name: 'train', page: 'train', target: '[data-tour="train"]', until: 'started' },
  { name: 'curves', page: 'train', target: '#main [data-explain="loss"]:has(> figure)' },
  { name: 'evaluate', page: 'evaluate', target: '#main [data-explain="seal"]' },
  { name: 'deploy', page: 'deploy', target: '[data-tour="save"]' },
]

/** Where the tour is once somebody has gone to a page by another way; where it was, for a page that it does not know. */
export function stepOnPage(page: string | null, at: number): number {
  if (tourSteps[at]?.page === page) return at
  const found = tourSteps.findIndex((step) => step.page === page)
  return found === -1 ? at : found
}
