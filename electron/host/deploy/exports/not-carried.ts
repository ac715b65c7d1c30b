/** What of a recipe the training of an exported project does not do, so that nobody takes it for the same. */
import {
  classWeights,
  constantSchedule,
  imbalanceRemedies,
  namesIn,
  precisionOptions,
  stepOptions,
  type Recipe,
} from '../../../contract/index.ts'

/** The first of them changes nothing. */
const [untreated] = namesIn(imbalanceRemedies)

/** Each as it stands in recipe.json: which setting, and what it is there. */
export function notCarried({ training, augment, imbalance }: Recipe): Record<string, unknown> {
  const options = Object.entries({ ...precisionOptions, ...stepOptions }) as [
    keyof typeof precisionOptions | keyof typeof stepOptions,
    { readonly start: unknown },
  ][]
  const changed = options.flatMap(([name, { start }]) =>
    training[name] === start ? [] : [[`training.${name}`, training[name]] as const],
  )
  const { schedule, parameters, earlyStopping } = training
  return {
    ...(schedule.name !== constantSchedule.name && { 'training.schedule': schedule }),
    ...Object.fromEntries(changed),
    ...(parameters.length > 0 && { 'training.parameters': parameters }),
    ...(earlyStopping !== null && { 'training.earlyStopping': earlyStopping }),
    ...(augment.length > 0 && { augment }),
    // Weights of classes stand in loss.py.
    ...(imbalance.remedy !== untreated && imbalance.remedy !== classWeights.name && { imbalance }),
  }
}
