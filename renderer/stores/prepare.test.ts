import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import type { Project } from '../../electron/contract/index.ts'
import { usePrepare } from './prepare.ts'
import { useSession } from './session.ts'

const project = (id: string, dataset: string): Project =>
  ({ id, dataset: { id: dataset } }) as unknown as Project

it('looks at the first example again where the project or its data is another', () => {
  setActivePinia(createPinia())
  const [session, prepare] = [useSession(), usePrepare()]
  const lookAt = (example: number): void => {
    prepare.example = example
    prepare.seed = 3
  }
  session.project = project('a', 'digits')
  lookAt(40)
  session.project = project('a', 'digits')
  expect([prepare.example, prepare.seed]).toEqual([40, 3])
  session.project = project('a', 'letters')
  expect([prepare.example, prepare.seed]).toEqual([0, 0])
  lookAt(40)
  session.project = project('b', 'letters')
  expect([prepare.example, prepare.seed]).toEqual([0, 0])
})
