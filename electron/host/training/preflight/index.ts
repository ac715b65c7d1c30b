/** Before a training: what is wrong with it already, and how long it will take. */
import { preflight, type Preflight, type Recipe } from '../../../contract/index.ts'
import { findAll, withOpenFixes } from '../../explore/findings.ts'
import { measureBeforeTraining, type PreflightOptions } from './measure.ts'
import { preflightRules } from './rules.ts'

export async function preflightOf(
  options: PreflightOptions & { readonly recipe: Recipe },
): Promise<Preflight> {
  const begun = performance.now()
  const { evidence, secondsPerStep, stepsPerEpoch } = await measureBeforeTraining(options)
  const findings = withOpenFixes(findAll(preflight, preflightRules, evidence), options.recipe)
  const notTried = [
    ...(evidence.slope === null ? ['gradientOff'] : []),
    ...(evidence.stale === null ? ['staleStatistics'] : []),
    ...(evidence.tiny === null ? ['cannotOverfit'] : []),
    ...(evidence.signal === null ? ['inputsTellNothing'] : []),
  ]
  return {
    findings,
    notTried,
    startLoss: Number.isFinite(evidence.startLoss) ? evidence.startLoss : null,
    expectedLoss: evidence.expectedLoss,
    secondsPerEpoch: secondsPerStep * stepsPerEpoch,
    seconds: (performance.now() - begun) / 1000,
  }
}
