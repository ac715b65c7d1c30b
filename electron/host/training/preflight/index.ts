/** Before a training: what is wrong with it already, and how long it will take. */
import { preflight, type Preflight, type Recipe } from '../../../contract/index.ts'
import { findAll, withOpenFixes } from '../../explore/findings.ts'
import { measureBeforeTraining, type PreflightOptions } from './measure.ts'
import { preflightRules } from './rules.ts'

export async function preflightOf(
  options: PreflightOptions & { readonly recipe: Recipe },
): Promise<Preflight> {
  const begun = performance.now()
  const { evidence, tried, outOfTime, notes, secondsPerStep, memory, stepsPerEpoch } =
    await measureBeforeTraining(options)
  return {
    findings: withOpenFixes(findAll(preflight, preflightRules, evidence), options.recipe),
    notTried: preflight.members.map(({ name }) => name).filter((name) => !tried.includes(name)),
    startLoss: Number.isFinite(evidence.startLoss) ? evidence.startLoss : null,
    expectedLoss: evidence.expectedLoss,
    secondsPerEpoch: secondsPerStep === null ? null : secondsPerStep * stepsPerEpoch,
    memory,
    milliseconds: evidence.taken?.milliseconds ?? null,
    calls: evidence.taken?.calls ?? null,
    outOfTime: [...outOfTime],
    notes: [...notes],
    seconds: (performance.now() - begun) / 1000,
  }
}
