/** A budget of size and time is set on Model, and what is said of it goes with the network to Train and Deploy. */
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

test(
  'what a model may take is held against it before and after its training',
  { tag: '@thorough' },
  async ({ app }) => {
    const { page } = app
    await openSample(page, 'Customer churn')
    await takeQuick(page)
    await goTo(page, 'Model')
    await setField(page, 'Size (MB)', '0.001')
    await setField(page, 'Time of an answer (ms)', '60000')
    const budget = page.getByRole('list', { name: 'Budget', exact: true })
    await expect(budget).toContainText('and the budget allows 1.0 KB. Choose a smaller network', {
      timeout: 60_000,
    })
    await expect(page.getByText('is measured where the network is tried before training')).toBeVisible()
    await look(page, 'model-budget')
    expect(await complaints(page, 'model, a budget')).toEqual([])
    await goTo(page, 'Train')
    await page.getByRole('button', { name: 'Try it first' }).click()
    await expect(page.getByRole('list', { name: 'Budget', exact: true })).toContainText(
      '99 % of calls with 1 row stay below',
      {
        timeout: 60_000,
      },
    )
    await look(page, 'train-budget')
    await setField(page, 'Epochs', '2')
    await startTraining(page, 'Held to a budget')
    await expectState(page, /^finished$/)
    await goTo(page, 'Deploy')
    await page.getByRole('button', { name: 'Save model' }).click()
    await page.getByRole('button', { name: 'Measure', exact: true }).click()
    await expect(page.getByRole('table', { name: 'Times of answers' })).toBeVisible({ timeout: 120_000 })
    await expect(page.getByRole('list', { name: 'Budget', exact: true }).getByRole('listitem')).toHaveText([
      /and the budget allows 1\.0\sKB/,
      /99 % of calls with 1 row stay below/,
    ])
    await look(page, 'deploy-budget')
    expect(await complaints(page, 'deploy, a budget')).toEqual([])
  },
)
