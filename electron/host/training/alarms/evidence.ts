/** What alarms decide over: a training's curves so far, and the recipe that says what it was to do. */
import {
  learningRateSeries,
  trainLossSeries,
  validationLossSeries,
  type Curves,
  type MetricPoint,
  type Recipe,
} from '../../../contract/index.ts'

export interface EpochValue {
  readonly epoch: number
  readonly value: number
}
/** One series by epoch; of long trainings with gaps between the epochs. */
export type Line = readonly EpochValue[]

/** A training goes on, or has come to its last epoch, or was ended before. */
export type End = 'open' | 'lastEpoch' | 'early'

export interface AlarmEvidence {
  /** What the training was started with. */
  readonly recipe: Recipe
  readonly end: End
  /** A loss became infinite or not a number, and that ended the training. */
  readonly blewUp: boolean
  readonly trainLoss: Line
  readonly validationLoss: Line
  readonly learningRate: Line
  /** What a network that knows nothing loses; null: runs of earlier versions do not know. */
  readonly expectedLoss: number | null
}

type Lines = Pick<AlarmEvidence, 'trainLoss' | 'validationLoss' | 'learningRate'>

/** The series that alarms look at. */
export const alarmSeries: readonly string[] = [
  trainLossSeries.name,
  validationLossSeries.name,
  learningRateSeries.name,
]

const linesFrom = (lineOf: (name: string) => Line): Lines => ({
  trainLoss: lineOf(trainLossSeries.name),
  validationLoss: lineOf(validationLossSeries.name),
  learningRate: lineOf(learningRateSeries.name),
})

/** Of a run, from what is stored. */
export const linesOfCurves = ({ series }: Curves): Lines =>
  linesFrom((name) => {
    const curve = series[name]
    return curve ? curve.epoch.map((epoch, i) => ({ epoch, value: curve.value[i]! })) : []
  })

/** Of a training in this process. */
export const linesOfPoints = (points: readonly MetricPoint[]): Lines =>
  linesFrom((name) =>
    points.flatMap(({ epoch, values }) => {
      const value = values[name]
      return value === undefined ? [] : [{ epoch, value }]
    }),
  )
