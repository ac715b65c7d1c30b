import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultRecipe, detected } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { openStore } from '../store/index.ts'
import { checkpointsOf, branchesSql } from './checkpoints.ts'
import { insertRun } from './repository.ts'

test('what goes on from a run is found by an index, and damaged reports are no obstacle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-checkpoints-'))
  const store = openStore(folder)
  try {
    const at = {
      projectId: createProject(store, 'Branches'),
      datasetId: 'd',
      dataSha256: '',
      dataVersion: 1,
      engineVersion: '',
    }
    const columns = [{ name: 'y', kind: 'category', role: 'target' }] as const
    const recipe = defaultRecipe(
      { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
      [...columns],
      'classification',
      500,
      'quick',
    )
    for (const id of ['origin', 'branch', 'damaged']) insertRun(store, { id, name: id, recipe, ...at })
    const report = store.db.prepare(
      "INSERT INTO run_reports (run_id, part, result) VALUES (?, 'branchedFrom', ?)",
    )
    report.run('branch', JSON.stringify({ runId: 'origin', from: 'bestEpoch' }))
    report.run('damaged', '{')
    const plan = store.db
      .prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN ${branchesSql}`)
      .all('origin')
      .map(({ detail }) => detail)
    expect(plan.join('\n')).toMatch(/SEARCH run_reports USING.* INDEX run_reports_by_origin/)
    expect(plan.join('\n')).not.toMatch(/SCAN/)
    store.db
      .prepare(
        "INSERT INTO blobs.checkpoints (run_id, kind, epoch, meta, created_at) VALUES ('origin', 'best', 3, '{}', 0)",
      )
      .run()
    expect(checkpointsOf(store, 'origin')).toMatchObject([
      { from: 'bestEpoch', epoch: 3, branches: [{ runId: 'branch', name: 'branch' }] },
    ])
  } finally {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
