/** Which network data start with where nobody chose one, and whether another would be the first to try. */
import { memberOf, startingPoints, templates, type NetworkFacts, type Recipe } from '../../contract/index.ts'

export function startingLines({ kind, model }: Recipe, facts: NetworkFacts): string[] {
  const points = startingPoints(kind, facts)
  const [best] = points
  const mine = points.find(({ template }) => template === model.template)
  if (!mine || !best) return []
  const label = (template: string): string => memberOf(templates, template).label
  return [
    `Network: ${label(mine.template)}. ${mine.sentence}`,
    ...(best === mine
      ? []
      : [`  First to try here: ${label(best.template)} (--model ${best.template}). ${best.sentence}`]),
  ]
}
