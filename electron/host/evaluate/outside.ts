/** What counts as none of the classes: where the network is less sure of every other one than this, chosen on the validation split. */
import type { Outside, Recipe } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { softmaxRows } from './evidence.ts'

/** Whether the recipe asks for it. */
export const choosesOutside = ({ target }: Recipe): boolean => target.outside !== ''

interface Said {
  /** Class by class, row by row. */
  readonly probabilities: ArrayLike<number>
  readonly classes: number
  /** The class that stands for none. */
  readonly outside: number
}

/** How sure each row is of the likeliest other class; and whether that, or none of them, is said without any bound. */
export function sureness({ probabilities, classes, outside }: Said) {
  const rows = probabilities.length / classes
  const [sure, likeliest] = [new Float64Array(rows), new Int32Array(rows)]
  for (let row = 0; row < rows; row++) {
    let best = -1
    for (let k = 0; k < classes; k++)
      if (
        k !== outside &&
        (best === -1 || probabilities[row * classes + k]! > probabilities[row * classes + best]!)
      )
        best = k
    sure[row] = probabilities[row * classes + best]!
    likeliest[row] = probabilities[row * classes + outside]! > sure[row]! ? outside : best
  }
  return { sure, likeliest }
}

/** The highest bound by which at most a share of the rows of other classes that were right are lost. */
export function chooseOutside(truth: ArrayLike<number>, said: Said, mostLost: number): Outside {
  const { outside } = said
  const { sure, likeliest } = sureness(said)
  const right: number[] = []
  let [within, none] = [0, 0]
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] === outside) none++
    else {
      within++
      if (likeliest[row] === truth[row]) right.push(sure[row]!)
    }
  }
  right.sort((a, b) => a - b)
  const lost = Math.floor(mostLost * within)
  // Rows below the bound are none: that of the first one that must not be lost.
  const confidence = Math.max(0, Math.min(1, right[lost] ?? right.at(-1) ?? 0))
  let found = 0
  for (let row = 0; row < truth.length; row++)
    if (truth[row] === outside && (likeliest[row] === outside || sure[row]! < confidence)) found++
  const kept = right.filter((one) => one >= confidence).length
  return {
    class: outside,
    confidence,
    rows: within,
    before: right.length / Math.max(1, within),
    after: kept / Math.max(1, within),
    none,
    found,
  }
}

/** With the bound for these outputs of the network on the validation split. */
export function withOutside(prepared: Prepared, recipe: Recipe, outputs: ArrayLike<number>): Prepared {
  const { preparation, split, data } = prepared
  const { target } = preparation
  if (target.kind !== 'classes' || !choosesOutside(recipe)) return prepared
  const { classes } = target
  const truth = Int32Array.from(split.validation, (row) => data.targets[row]!)
  const temperature = target.temperature?.value ?? 1
  const tempered = Float64Array.from(outputs, (output) => output / temperature)
  const probabilities = softmaxRows(tempered, classes.length)
  const said = { probabilities, classes: classes.length, outside: classes.indexOf(recipe.target.outside) }
  const outside = chooseOutside(truth, said, recipe.target.mostLost)
  return { ...prepared, preparation: { ...preparation, target: { ...target, outside } } }
}
