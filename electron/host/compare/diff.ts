/** Which settings differ between recipes: each recipe is flattened to `path → text`, and equal paths drop out. */
import { flattenSettings, type Recipe } from '../../contract/index.ts'
import { settingText } from '../store/index.ts'

/** Shown where a recipe has no such setting, e.g. the momentum of Adam. */
export const absent = '–'

export interface Difference {
  path: string
  /** One value per recipe, in the order given. */
  values: string[]
}

export function differingSettings(recipes: readonly Recipe[]): Difference[] {
  const flat = recipes.map(flattenSettings)
  const paths = new Set(flat.flatMap((map) => [...map.keys()]))
  return [...paths]
    .map((path) => {
      const values = flat.map((map) => map.get(path))
      return { path, values: values.map((value) => (value === undefined ? absent : settingText(value))) }
    })
    .filter(({ values }) => new Set(values).size > 1)
}
