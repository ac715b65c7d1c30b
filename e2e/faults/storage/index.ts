/** Disks that are full or read-only, and files that are not what they were. */
import { Cases, type AttackOptions, type Result } from '../cases.ts'
import { removeFolder } from '../support.ts'
import { data, databases, storedRows } from './damage.ts'
import { full } from './full.ts'
import { makeTemplate } from './template.ts'

export async function storage(options: AttackOptions): Promise<Result> {
  const cases = new Cases(options)
  const template = await makeTemplate()
  try {
    await full(cases, template)
    await databases(cases, template, options.seed)
    await data(cases, template)
    await storedRows(cases, template)
  } finally {
    removeFolder(template.folder)
  }
  return cases.result()
}
