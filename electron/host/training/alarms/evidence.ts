/** What alarms decide over: a training's curves so far, and the recipe that says what it was to do. */
import {
  gradientNormSeries,
  layerOfSeries,
  layerStatisticNames,
  learningRateSeries,
  stepLossSeries,
  trainLossSeries,
  validationLossSeries,
  type Curves,
  type LayerStatistic,
  type MetricPoint,
  type Recipe,
  type TrainingReport,
} from '../../../contract/index.ts'

export interface EpochValue {
  readonly epoch: number
  readonly value: number
}
/** One series by epoch; of long trainings with gaps between the epochs. */
export type Line = readonly EpochValue[]

/** A training goes on, or has come to its last epoch, or was ended before. */
export type End = 'open' | 'lastEpoch' | 'early'

export interface StepValue {
  readonly step: number
  readonly value: number
}
/** One series by step; of long trainings with gaps between the steps. */
export type StepLine = readonly StepValue[]

/** What is recorded within epochs. */
export interface StepLines {
  readonly stepLoss: StepLine
  readonly gradientNorm: StepLine
  /** By layer, or parameter. */
  readonly layers: Readonly<Record<LayerStatistic, ReadonlyMap<string, StepLine>>>
}

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
  readonly steps: StepLines
  readonly report: TrainingReport
}

/** Of what was recorded within epochs, by series. */
export function stepLinesFrom(series: ReadonlyMap<string, StepLine>): StepLines {
  const of = (statistic: LayerStatistic): ReadonlyMap<string, StepLine> =>
    new Map(
      [...series].flatMap(([name, line]) => {
        const found = layerOfSeries(name)
        return found?.statistic === statistic ? [[found.layer, line] as const] : []
      }),
    )
  return {
    stepLoss: series.get(stepLossSeries.name) ?? [],
    gradientNorm: series.get(gradientNormSeries.name) ?? [],
    layers: Object.fromEntries(layerStatisticNames.map((name) => [name, of(name)])) as StepLines['layers'],
  }
}

export function stepsBefore({ stepLoss, gradientNorm, layers }: StepLines, end: number): StepLines {
  const cut = (line: StepLine): StepLine => line.filter(({ step }) => step < end)
  const each = Object.entries(layers).map(([name, lines]) => [
    name,
    new Map([...lines].map(([layer, line]) => [layer, cut(line)])),
  ])
  return {
    stepLoss: cut(stepLoss),
    gradientNorm: cut(gradientNorm),
    layers: Object.fromEntries(each) as StepLines['layers'],
  }
}

/** Of a run, from what is stored. */
export const stepLinesOfCurves = ({ series }: Curves): StepLines =>
  stepLinesFrom(
    new Map(
      Object.entries(series).map(([name, { step, value }]) => [
        name,
        step.map((at, i) => ({ step: at, value: value[i]! })),
      ]),
    ),
  )

/** Of a training in this process. */
export function stepLinesOfPoints(points: readonly MetricPoint[]): StepLines {
  const series = new Map<string, StepValue[]>()
  for (const { step, values } of points)
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue
      const line = series.get(name)
      if (line) line.push({ step, value })
      else series.set(name, [{ step, value }])
    }
  return stepLinesFrom(series)
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
