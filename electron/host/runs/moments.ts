/** Whence a run's values are taken: the best epoch, as it is known by, or a moment of its curves. */
import type { RunMoment } from '../../contract/index.ts'

/** A series at another moment than the best one: from its curve. What was tested was tested on the weights of the best epoch. */
export const isOfCurve = (series: string, moment: RunMoment): boolean =>
  moment !== 'bestEpoch' && !series.startsWith('test/')

/** The last step of a run until an epoch, in terms of its number. */
export const untilEpoch = (moment: RunMoment): string =>
  typeof moment === 'object'
    ? `AND step <= (SELECT step FROM points WHERE run = number AND epoch <= ${moment.epoch} ORDER BY step DESC LIMIT 1)`
    : ''
