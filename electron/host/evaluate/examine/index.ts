/** What is found out about a trained network on a split beyond its metrics. */
import {
  metricsFor,
  shortcut,
  splitColumnsOf,
  startsOf,
  testChecks,
  unstableResult,
  type Calibration,
  type Examined,
  type Metrics,
} from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import {
  cramersV,
  findDrifts,
  isRare,
  kolmogorovSmirnov,
  smirnovAt,
  usualLevel,
} from '../../explore/checks/drift.ts'
import { findAll, unitOf, withOpenFixes } from '../../explore/findings.ts'
import { duplicatesAcross } from '../../prepare/alike.ts'
import { targetsOf } from '../../prepare/pick-rows.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import { hardestOf, lossOfEach } from '../../training/hardest.ts'
import { calibrationsOf } from '../calibration.ts'
import { judge } from '../evaluate.ts'
import type { Evidence } from '../evidence.ts'
import { differencesOf, drawsOf, intervalsOf } from '../intervals.ts'
import { metricsOf, measuredBy } from '../metrics.ts'
import { someOf, type Asked } from './asked.ts'
import { cellsOf } from './cells.ts'
import type { Distance, TestEvidence } from './evidence.ts'
import { groupsOf } from './groups.ts'
import { importanceOf } from './importance.ts'
import { testRules } from './rules.ts'
import { scoredOf } from './scored.ts'
import { weakSegments } from './segments.ts'
import { shortcutOf } from './shortcut.ts'

export type { Asked } from './asked.ts'

/** Rows that are looked at, of training and of the split. */
const mostRows = 20_000

/** What is said, of two lots of rows; null: chance may make the difference, or the task has several answers to a row. */
function driftBetween(first: Evidence, second: Evidence): Omit<Distance, 'column'> | null {
  if ('targets' in first && 'targets' in second) {
    const [a, b] = [first, second].map(({ targets }) => Float64Array.from(targets[0]!.predicted).sort())
    if (first.targets.length !== 1 || a!.length === 0 || b!.length === 0) return null
    const distance = kolmogorovSmirnov(a!, b!)
    const chance = smirnovAt(usualLevel) * Math.sqrt((a!.length + b!.length) / (a!.length * b!.length))
    return distance > chance ? { statistic: 'Kolmogorov–Smirnov D', distance } : null
  }
  if (!('classes' in first && 'classes' in second)) return null
  const counts = ({ predicted, classes }: typeof first): Float64Array => {
    const found = new Float64Array(classes)
    for (const k of predicted) found[k]!++
    return found
  }
  const { v, chi2, freedom } = cramersV(counts(first), counts(second))
  return freedom > 0 && isRare(chi2, freedom) ? { statistic: 'Cramér’s V', distance: v } : null
}

/** What a constant answer is worth on these rows. */
function constantOn({ prepared }: Asked, rows: Int32Array): Evidence {
  const { target, task } = prepared.preparation
  const on = { ...prepared, split: { ...prepared.split, validation: rows } }
  const units = functionsOfTask(task).units(target)
  return judge(on, 'validation', new Float32Array(rows.length * units)).baseline
}

/** Metrics by which the network beats a constant answer on rows that it has not learned from, beyond chance: those without a threshold. */
function beaten(asked: Asked, rows: Int32Array, here: Evidence, metrics: Metrics): ReadonlySet<string> {
  const { task } = asked.prepared.preparation
  const names = metricsFor(task)
    .filter(({ ofProbabilities }) => ofProbabilities)
    .map(({ name }) => name)
  const constant = constantOn(asked, rows)
  const [own, other] = drawsOf([here, constant], names, { draws: 300 })
  const differences = differencesOf(metrics, metricsOf(task, constant), own ?? new Map(), other ?? new Map())
  return new Set(names.filter((name) => differences[name]?.verdict === 'better'))
}

/** Columns that can be compared between splits: what a split goes by differs by design. */
function comparable({ prepared, recipe }: Asked): readonly FrameColumn[] {
  const by = new Set(splitColumnsOf(recipe.split).map(({ name }) => name))
  return prepared.features.filter(({ name }) => !by.has(name))
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

export async function examine(asked: Asked): Promise<Omit<Examined, 'runId'>> {
  const { recipe, prepared, untuned, split, recorded } = asked
  const { preparation, data, split: rowsOf } = prepared
  const { task, target } = preparation
  const of = functionsOfTask(task)
  const [trainRows, rows] = [someOf(rowsOf.train, mostRows), someOf(rowsOf[split], mostRows)]
  const [trainOutputs, outputs] = [await asked.outputsOf(trainRows), await asked.outputsOf(rows)]
  const [trainTargets, targets] = [targetsOf(data, trainRows), targetsOf(data, rows)]
  const [onTrain, here] = [
    of.evidence(target, trainTargets, trainOutputs),
    of.evidence(target, targets, outputs),
  ]
  const units = of.units(target)
  const names = metricsFor(task).map(({ name }) => name)
  const metrics = metricsOf(task, here)
  const [draws] = drawsOf([here], names, { draws: 300 })
  const calibration: Calibration | null = calibrationsOf(here, [])?.find(({ name }) => name === null) ?? null
  const isTable = recipe.kind === 'table'
  const { importance, noImportance } = await importanceOf(asked)
  const each = lossOfEach(recipe.training.loss, { targets, outputs, units })
  const { score, ...scored } = scoredOf(target, here, each)
  const columns = comparable(asked)
  const across = isTable
    ? duplicatesAcross(prepared.features, data.rows, { train: rowsOf.train, test: rows })
    : { rows: 0, near: false, places: [], byChance: 0 }
  const repeated = new Set(across.places)
  const [among, others] = [true, false].map((inside) =>
    [...each].filter((_, i) => repeated.has(rows[i]!) === inside),
  ) as [number[], number[]]
  const drifts = isTable
    ? findDrifts(
        columns,
        { ...rowsOf, validation: new Int32Array(), test: rows },
        usualLevel / Math.max(1, columns.length),
      ).map(({ name, statistic, distance }): Distance => ({ column: name, statistic, distance }))
    : []
  const evidence: TestEvidence = {
    recipe,
    unit: unitOf[recipe.kind],
    split,
    rows: rows.length,
    train: metricsOf(task, onTrain),
    trainBaseline: metricsOf(task, constantOn(asked, rowsOf.train)),
    beaten: beaten(asked, rows, here, metrics),
    here: metrics,
    intervals: intervalsOf(metrics, rows.length, draws ?? new Map()),
    recorded,
    measured: recorded === null ? {} : await measuredNow(asked, untuned),
    calibration,
    importance,
    shortcut: await shortcutOf(asked, startsOf(shortcut.options).share),
    repeats: null,
    segments: (bounds) => (isTable ? weakSegments(prepared.features, rows, scored, bounds) : []),
    rowsOf: ({ places }) => Array.from(places.slice(0, 10_000), (place) => rows[place]!),
    score,
    drifts,
    predictionDrift: driftBetween(onTrain, here),
    duplicates: {
      ...across,
      losses: among.length > 0 && others.length > 0 ? { among: meanOf(among), others: meanOf(others) } : null,
    },
  }
  const { epoch: _, ...hardest } = hardestOf({
    loss: recipe.training.loss,
    epoch: asked.epoch,
    rows,
    targets,
    outputs: outputs as Float32Array<ArrayBuffer>,
    units,
    answersOf: (truth, said) => of.answers(target, truth, said),
  })
  return {
    split,
    rows: rows.length,
    made: madeOf(evidence, isTable),
    findings: withOpenFixes(findAll(testChecks, testRules, evidence), recipe),
    cells: 'confusion' in here ? cellsOf(here.truth, here.predicted, rows) : null,
    hardest: { epoch: asked.epoch, ...hardest },
    groups: groupsOf(prepared.sensitive, { preparation, rows, targets, outputs }),
    importance,
    noImportance,
  }
}

/** Of the whole validation split, as training measured it: with the threshold at one half. */
async function measuredNow(asked: Asked, { preparation, data, split }: Asked['untuned']): Promise<Metrics> {
  const outputs = await asked.outputsOf(split.validation)
  const { task, target } = preparation
  const evidence = functionsOfTask(task).evidence(target, targetsOf(data, split.validation), outputs)
  return measuredBy(
    metricsFor(task).filter(({ onRequest }) => onRequest !== true),
    evidence,
  )
}

/** Others had nothing to look at: that they say nothing is no praise. */
function madeOf(evidence: TestEvidence, isTable: boolean): string[] {
  const { calibration, importance, recorded, repeats } = evidence
  const lacking = new Set<string>([
    ...(evidence.shortcut === undefined ? [shortcut.name] : []),
    ...(repeats === null ? [unstableResult.name] : []),
    ...(calibration === null ? ['overconfident'] : []),
    ...(importance === null ? ['goldenFeature', 'uselessFeature'] : []),
    ...(recorded === null ? ['inconsistentMetric'] : []),
    ...(isTable ? [] : ['weakSegment', 'testDrift', 'testDuplicates']),
  ])
  return testChecks.members.map(({ name }) => name).filter((name) => !lacking.has(name))
}
