import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, expectState, goTo, setField, startTraining, takeQuick } from './support/steps.ts'

/** What follows from two numbers: labels in columns, labels in a list, grades, and amounts. */
function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, z] = [((i * 37) % 101) / 50 - 1, ((i * 53) % 97) / 48 - 1]
    const tags = [...(x > 0 ? ['warm'] : []), ...(z > 0 ? ['wet'] : []), ...(x > z ? ['loud'] : [])]
    const grade = x < -0.4 ? 'poor' : x < 0.3 ? 'fair' : 'good'
    return [x, z, x > 0 ? 'yes' : 'no', z > 0 ? 1 : 0, tags.join('; '), 3 * x + z, 100 * z, grade].join(',')
  })
  return ['x,z,rains,storms,tags,depth,price,grade', ...lines].join('\n')
}

test(
  'several labels, ordered classes and several numbers go through the whole window',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    test.setTimeout(180_000)
    const path = join(folder, 'weather.csv')
    writeFileSync(path, table(400))
    const app = await open()
    const { page } = app
    const task = page.getByRole('combobox', { name: 'Task' })
    const role = (name: string) => page.getByRole('combobox', { name: `Role of ${name}` })
    await test.step('labels are columns that say yes or no', async () => {
      await chooseFile(page, 'Open a table…', path)
      await expect(page.getByLabel('Column to predict')).toHaveValue('grade', { timeout: 60_000 })
      await role('rains').selectOption('target')
      await expect(task).toHaveValue('binary')
      await task.selectOption('multilabel')
      await expect(page.getByLabel('Column to predict')).toHaveValue('rains')
      await page.getByRole('combobox', { name: 'Predict another column as well' }).selectOption('storms')
      const chosen = page.getByRole('list', { name: 'Columns to predict' }).getByRole('listitem')
      await expect(chosen).toHaveText(['rains', 'storms'])
      await expect(role('storms')).toHaveValue('target')
      for (const name of ['tags', 'depth', 'price', 'grade']) await role(name).selectOption('ignore')
      await expect(page.getByText('Saving…')).toHaveCount(0)
      await look(page, 'tasks-data')
      expect(await complaints(page, 'data')).toEqual([])
    })
    await test.step('each label has its row of results', async () => {
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '12')
      await startTraining(page, 'Labels')
      await expectState(page, /^finished$/)
      await goTo(page, 'Evaluate')
      const labels = page.getByRole('table', { name: 'Metrics per label' })
      await expect(labels).toBeVisible({ timeout: 30_000 })
      await expect(labels.getByRole('rowheader')).toHaveText(['rains', 'storms'])
      await expect(page.getByRole('table', { name: /^Metrics on the/ })).toContainText('F1 (micro)')
      const metrics = page.getByRole('table', { name: /^Metrics on the/ })
      await expect(metrics.getByRole('columnheader', { name: 'Boosted trees' })).toBeVisible({
        timeout: 30_000,
      })
      await expect(metrics).toContainText(/The network is (better|worse)|These rows cannot tell/)
      await look(page, 'tasks-labels')
      expect(await complaints(page, 'labels')).toEqual([])
    })
    await test.step('the order of classes is a person’s to say', async () => {
      await goTo(page, 'Data')
      await role('grade').selectOption('feature')
      await task.selectOption('classification')
      await page.getByRole('combobox', { name: 'Column to predict' }).selectOption('grade')
      await task.selectOption('ordinal')
      await role('rains').selectOption('ignore')
      await role('storms').selectOption('ignore')
      await goTo(page, 'Prepare')
      const order = page.getByRole('list', { name: 'Order of the classes' }).getByRole('listitem')
      // Their words say it already.
      await expect(order).toHaveText([/poor/, /fair/, /good/], { timeout: 30_000 })
      await page.getByRole('button', { name: 'Move good up' }).click()
      await page.getByRole('button', { name: 'Move good up' }).click()
      await expect(order).toHaveText([/good/, /poor/, /fair/])
      await expect(order.first()).toBeFocused()
      await look(page, 'tasks-order')
      expect(await complaints(page, 'order')).toEqual([])
    })
    await test.step('several numbers are drawn one at a time', async () => {
      await goTo(page, 'Data')
      await page.getByRole('combobox', { name: 'Column to predict' }).selectOption('depth')
      await expect(task).toHaveValue('regression')
      await role('grade').selectOption('ignore')
      await role('price').selectOption('target')
      await expect(page.getByRole('list', { name: 'Columns to predict' }).getByRole('listitem')).toHaveText([
        'depth',
        'price',
      ])
      await goTo(page, 'Train')
      await startTraining(page, 'Numbers')
      await expectState(page, /^finished$/)
      await goTo(page, 'Evaluate')
      const targets = page.getByRole('table', { name: 'Metrics per target, in its own unit' })
      await expect(targets.getByRole('rowheader')).toHaveText(['depth', 'price'], { timeout: 30_000 })
      await page.getByRole('combobox', { name: 'Target drawn below' }).selectOption('price')
      await expect(page.getByText('Predicted price').first()).toBeAttached()
      await look(page, 'tasks-numbers')
      expect(await complaints(page, 'numbers')).toEqual([])
    })
    expect(app.problems).toEqual([])
  },
)
