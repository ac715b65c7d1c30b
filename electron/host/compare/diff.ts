/** Which settings differ between recipes: each recipe is flattened to `path → text`, and equal paths drop out. */
import type { Recipe } from '../../contract/index.ts'
import { flatten, scalarText } from '../store/index.ts'

/** Shown where a recipe has no such setting, e.g. the momentum of Adam. */
export const absent = '–'

export interface Difference {
  path: string
  /** One value per recipe, in the order given. */
  values: string[]
}

export function differingSettings(recipes: readonly Recipe[]): Difference[] {
  const flat = recipes.map((recipe) => flatten(recipe))
  const paths = new Set(flat.flatMap((map) => [...map.keys()]))
  return [...paths]
    .map((path) => ({
      path,
      values: flat.map((map) => (map.has(path) ? scalarText(map.get(path)!) : absent)),
    }))
    .filter(({ values }) => new Set(values).size > 1)
}
