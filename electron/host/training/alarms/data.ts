/** Alarms of what a training's data takes of its time. */
import { formatNumber, formatPercent, type alarms } from '../../../contract/index.ts'
import type { Rules } from '../../explore/findings.ts'
import type { AlarmEvidence } from './evidence.ts'

export const dataAlarms = {
  waitsForData: ({ report: { loading }, recipe }, { share }) => {
    if (loading === undefined || loading.share < share) return []
    const [input, step] = [loading.inputSeconds, loading.stepSeconds].map((seconds) => 1000 * seconds)
    const augments = recipe.augment.length > 0
    return [
      {
        columns: [],
        message:
          `${formatPercent(loading.share)} of each step goes into its examples: ${formatNumber(input, 3)} of ${formatNumber(step, 3)} ms to gather them${augments ? ', unpack and augment them' : ' and make them ready'}. ` +
          `A larger network costs little more${augments ? '; fewer augmentations, or smaller inputs,' : '; smaller inputs'} save time.`,
        evidence: { share: loading.share, input: input!, step: step! },
        fixes: [],
      },
    ]
  },
} satisfies Partial<Rules<typeof alarms, AlarmEvidence>>
