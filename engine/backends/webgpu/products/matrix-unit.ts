/** Which matrices a device's units multiply, as Dawn reports it. */
import type { MatrixUnit } from './variant.ts'

/** https://github.com/gpuweb/gpuweb/blob/main/proposals/subgroup-matrix.md; not in the standard's types yet. */
interface SubgroupMatrixConfig {
  readonly componentType: string
  readonly resultComponentType: string
  readonly M: number
  readonly N: number
  readonly K: number
}

interface AdapterInfo {
  readonly subgroupMinSize?: number
  readonly subgroupMaxSize?: number
  readonly subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig>
}

/** The largest unit for float16 with sums in float32. Null: none, or subgroups whose size is not known beforehand. */
export function matrixUnitOf(info: AdapterInfo): MatrixUnit | null {
  const { subgroupMinSize: subgroup, subgroupMaxSize, subgroupMatrixConfigs } = info
  if (!subgroup || subgroup !== subgroupMaxSize || !subgroupMatrixConfigs) return null
  const units = [...subgroupMatrixConfigs]
    .filter((config) => config.componentType === 'f16' && config.resultComponentType === 'f32')
    .map(({ M, N, K }) => ({ m: M, n: N, k: K, subgroup }))
  return units.sort((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)[0] ?? null
}
