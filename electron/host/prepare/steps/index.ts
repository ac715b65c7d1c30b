/** What the steps do, by the names of their definitions; and runs of several. */
import type { OnnxNodes } from '../../../../engine/index.ts'
import { preparationSteps, type PreparationStep, type PreparationStepName } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { fittedSchema, type Fitted } from '../fitted.ts'
import { fillMode, mergeRare } from './categories.ts'
import { clip, impute, minMax, robust, signedLog, standardize } from './numbers.ts'
import { quantiles, smoothClip, yeoJohnson } from './shapes.ts'
import type { Description, ExportedColumn, Learned, Prepared, StepFunctions } from './step.ts'

/** What whoever does not know the step may do with it: the recipe's schema has seen that step and column fit. */
type AnyStep = StepFunctions<unknown, FrameColumn, Learned>

const implementations = {
  impute,
  standardize,
  minMax,
  robust,
  quantiles,
  clip,
  smoothClip,
  signedLog,
  yeoJohnson,
  fillMode,
  mergeRare,
} as const
// A definition without its implementation does not compile.
implementations satisfies Readonly<Record<PreparationStepName, unknown>>

const functionsOf = (name: PreparationStepName): AnyStep => implementations[name] as unknown as AnyStep

/** A step as it was fitted: its name and what it learned. */
export type FittedStep = Fitted<typeof preparationSteps>

export const fittedStepSchema = fittedSchema(preparationSteps, (name) => functionsOf(name).state)

/** Each step learns from what the steps before it made of the column. */
export function fitSteps(
  column: FrameColumn,
  rows: Int32Array,
  chosen: readonly PreparationStep[],
): { readonly steps: FittedStep[]; readonly column: FrameColumn } {
  const fitted: FittedStep[] = []
  let prepared = column
  for (const { step: name, ...options } of chosen) {
    const { fit, apply } = functionsOf(name)
    const state = fit(prepared, rows, options)
    fitted.push({ step: name, ...state })
    prepared = apply(prepared, state)
  }
  return { steps: fitted, column: prepared }
}

export const applySteps = (column: FrameColumn, fitted: readonly FittedStep[]): FrameColumn =>
  fitted.reduce((at, { step: name, ...state }) => functionsOf(name).apply(at, state), column)

/** Values as they were before the steps. Errors: an Error for a step that cannot be undone, which no recipe lets through. */
export const undoSteps = (values: Float64Array, fitted: readonly FittedStep[]): Float64Array =>
  fitted.reduceRight((at, { step: name, ...state }) => {
    const { undo } = functionsOf(name)
    if (!undo) throw new Error(`The step ${name} cannot be undone.`)
    return undo(at, state)
  }, values)

/** `undoSteps` as nodes. */
export const exportUndoneSteps = (nodes: OnnxNodes, value: string, fitted: readonly FittedStep[]): string =>
  fitted.reduceRight((at, { step: name, ...state }) => {
    const { exportUndo } = functionsOf(name)
    if (!exportUndo) throw new Error(`The step ${name} cannot be undone in ONNX.`)
    return exportUndo(nodes, at, state)
  }, value)

/** All of them in words: `(x − 3) / 2`, and what happens to some values only, such as `missing read as 3`. */
export function describeSteps(fitted: readonly FittedStep[]): Prepared {
  const descriptions = fitted.map(({ step: name, ...state }): Description =>
    functionsOf(name).describe(state),
  )
  return {
    formula: descriptions.reduce((at, description) => description.formula?.(at) ?? at, 'x'),
    notes: descriptions.flatMap(({ note }) => note ?? []),
  }
}

export const exportSteps = (
  nodes: OnnxNodes,
  column: ExportedColumn,
  fitted: readonly FittedStep[],
): ExportedColumn =>
  fitted.reduce((at, { step: name, ...state }) => functionsOf(name).exportTo(nodes, at, state), column)
