/** What the validation split chooses once a network is trained: it goes with the network from there on. */
import type { Recipe } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { choosesOutside, withOutside } from './outside.ts'
import { choosesTemperature, withTemperature } from './temperature.ts'
import { choosesThreshold, withThreshold } from './threshold.ts'

/** Whether the recipe asks for anything that the outputs on the validation split are needed for. */
export const choosesAfterTraining = (recipe: Recipe): boolean =>
  choosesTemperature(recipe) || choosesThreshold(recipe) || choosesOutside(recipe)

/** `outputs`: of the network, on the validation split. The threshold is one of the probabilities that the temperature makes. */
export const afterTraining = (prepared: Prepared, recipe: Recipe, outputs: ArrayLike<number>): Prepared =>
  withOutside(withThreshold(withTemperature(prepared, recipe, outputs), recipe, outputs), recipe, outputs)
