/** Every page of the window, in the states in which somebody meets it: one walk through one workspace, in this order. */
import { expect, type Page } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  chooseQuick,
  expectState,
  goTo,
  newProject,
  openSample,
  setField,
  startTraining,
} from '../../specs/support/steps.ts'

interface Room {
  /** Those of a step, as `table-1-data`, are shown by the tutorials too. */
  readonly name: string
  /** From the room before to this one. */
  readonly enter: (page: Page) => Promise<void>
}

const long = { timeout: 90_000 }
const rowsOf = (page: Page, table: string) => page.getByRole('table', { name: table }).getByRole('row')

async function home(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'All projects' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

/** What comes late is waited for by what it says: an image of a figure alone may still be empty. */
const explored = async (page: Page): Promise<void> => {
  await goTo(page, 'Explore')
  await expect(page.getByText('Class balance').first()).toBeVisible(long)
}
const prepared = async (page: Page, text: string | RegExp): Promise<void> => {
  await goTo(page, 'Prepare')
  await expect(page.getByText(text).first()).toBeVisible(long)
}
const modelled = async (page: Page): Promise<void> => {
  await goTo(page, 'Model')
  await expect(rowsOf(page, 'Layers').nth(1)).toBeVisible(long)
}
const trained = async (page: Page, name: string, epochs: string): Promise<void> => {
  await goTo(page, 'Train')
  await setField(page, 'Epochs', epochs)
  await startTraining(page, name)
  await expectState(page, /^finished$/, 180_000)
}
const tested = async (page: Page): Promise<void> => {
  await goTo(page, 'Evaluate')
  await page.getByRole('button', { name: 'Open the test split…' }).first().click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Open the test split' }).click()
  await expect(page.getByRole('table', { name: 'Metrics on the test split' })).toBeVisible(long)
  await expect(page.getByRole('group', { name: 'Checks', exact: true }).first()).toBeVisible(long)
}
const deployed = async (page: Page): Promise<void> => {
  await goTo(page, 'Deploy')
  await page.getByRole('button', { name: 'Save model' }).click()
  await expect(page.getByRole('table', { name: 'Saved and exported models' })).toBeVisible(long)
}

const empty: readonly Room[] = [
  {
    name: 'start-empty',
    enter: (page) => expect(page.getByRole('button', { name: /^Open sample/ })).toHaveCount(4),
  },
  { name: 'empty-1-data', enter: newProject },
  ...['Explore', 'Prepare', 'Model', 'Train', 'Evaluate', 'Deploy', 'Compare'].map((step, at) => ({
    name: `empty-${at + 2}-${step.toLowerCase()}`,
    enter: (page: Page) => goTo(page, step),
  })),
]

const table: readonly Room[] = [
  {
    name: 'table-1-data',
    async enter(page) {
      await home(page)
      await openSample(page, 'Customer churn')
      await expect(page.getByRole('grid', { name: 'Rows of the data' })).toBeVisible(long)
    },
  },
  { name: 'table-2-explore', enter: explored },
  { name: 'table-3-prepare', enter: (page) => prepared(page, '1,400') },
  {
    name: 'table-4-model',
    async enter(page) {
      await modelled(page)
      await chooseQuick(page)
      await expect(page.getByRole('img', { name: /Hidden 1/ })).toBeVisible(long)
    },
  },
  {
    name: 'table-4-model-graph',
    async enter(page) {
      await page.getByRole('button', { name: 'Computational graph' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'Computational graph' })).toBeVisible(long)
      await page.waitForTimeout(2000)
    },
  },
  {
    name: 'table-5-train-before',
    async enter(page) {
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '12')
    },
  },
  {
    name: 'table-5-train',
    async enter(page) {
      await startTraining(page, 'First try')
      await expectState(page, /^finished$/)
    },
  },
  { name: 'table-6-evaluate', enter: tested },
  { name: 'table-7-deploy', enter: deployed },
  {
    name: 'table-8-compare',
    async enter(page) {
      await goTo(page, 'Train')
      await setField(page, 'Learning rate', '0.01')
      await startTraining(page, 'Quicker steps')
      await expect(page.getByLabel('Shown run')).toHaveCount(1)
      await expectState(page, /^finished$/)
      await goTo(page, 'Compare')
      await expect(rowsOf(page, 'Runs')).toHaveCount(3)
    },
  },
  {
    name: 'table-5-search-empty',
    async enter(page) {
      await goTo(page, 'Train')
      await page.getByRole('button', { name: 'Search settings' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible()
    },
  },
]

const images: readonly Room[] = [
  {
    name: 'images-1-data',
    async enter(page) {
      await home(page)
      await openSample(page, 'Shapes drawn by hand')
      await expect(page.getByRole('group', { name: 'Pictures by class' })).toBeVisible(long)
    },
  },
  { name: 'images-2-explore', enter: explored },
  {
    name: 'images-3-prepare',
    async enter(page) {
      await prepared(page, /pixels/)
      await page.getByRole('combobox', { name: 'Add an augmentation' }).selectOption('shift')
      await expect(page.getByRole('img', { name: 'Draw 11' })).toBeVisible(long)
    },
  },
  { name: 'images-4-model', enter: modelled },
  { name: 'images-5-train', enter: (page) => trained(page, 'Convolutional', '3') },
  { name: 'images-6-evaluate', enter: tested },
  { name: 'images-7-deploy', enter: deployed },
]

const text: readonly Room[] = [
  {
    name: 'text-1-data',
    async enter(page) {
      await home(page)
      await openSample(page, 'Customer tickets')
    },
  },
  { name: 'text-2-explore', enter: explored },
  { name: 'text-3-prepare', enter: (page) => prepared(page, 'Unknown in validation') },
  { name: 'text-4-model', enter: modelled },
  { name: 'text-5-train', enter: (page) => trained(page, 'Phrases', '3') },
  { name: 'text-6-evaluate', enter: tested },
  { name: 'text-7-deploy', enter: deployed },
]

const longName =
  'the_average_of_all_monthly_payments_of_the_customer_within_the_last_twelve_months_before_the_contract_ended'
const classNames = ['a', '🍏 green', 'تفاح أحمر', `${longName}_and_more`]

/** 60 columns and names that nobody expects: one letter, a hundred, emoji, right to left. */
function writeOddTable(folder: string): string {
  const names = [
    'x',
    longName,
    '温度',
    'الطول',
    '🍎',
    ...Array.from({ length: 55 }, (_, i) => `reading_${i + 1}`),
  ]
  const rows = Array.from({ length: 300 }, (_, row) => [
    ...names.map((_name, column) => (((row * (column + 3) * 37) % 101) / (column + 1)).toFixed(column % 4)),
    classNames[row % classNames.length]!,
  ])
  const path = join(folder, `${longName}.csv`)
  writeFileSync(path, [[...names, 'verdict'], ...rows].map((cells) => cells.join(',')).join('\n'))
  return path
}

const odd = (folder: string): readonly Room[] => [
  {
    name: 'odd-1-data',
    async enter(page) {
      await home(page)
      await newProject(page)
      await page.getByRole('textbox', { name: 'Path or address' }).fill(writeOddTable(folder))
      await page.getByRole('button', { name: 'Read it' }).click()
      await expect(page.getByRole('grid', { name: 'Rows of the data' })).toBeVisible(long)
    },
  },
  { name: 'odd-2-explore', enter: explored },
  { name: 'odd-3-prepare', enter: (page) => prepared(page, '210') },
  { name: 'odd-4-model', enter: modelled },
  {
    name: 'odd-5-train',
    async enter(page) {
      await goTo(page, 'Model')
      await chooseQuick(page)
      await trained(page, longName.slice(0, 80), '4')
    },
  },
  { name: 'odd-6-evaluate', enter: tested },
]

const elsewhere: readonly Room[] = [
  {
    name: 'start',
    async enter(page) {
      await home(page)
      await expect(rowsOf(page, 'Recent projects').nth(4)).toBeVisible()
    },
  },
  {
    name: 'commands',
    async enter(page) {
      await page.keyboard.press('Control+k')
      await expect(page.getByRole('textbox', { name: 'Search commands' })).toBeFocused()
    },
  },
  {
    name: 'settings',
    async enter(page) {
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+,')
      await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
      await expect(page.getByRole('table', { name: 'What runs take' })).toBeVisible(long)
    },
  },
  {
    name: 'graph-lab',
    async enter(page) {
      await page.goBack()
      await page.getByRole('button', { name: 'Graph lab' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'Graph lab' })).toBeVisible(long)
      await page.waitForTimeout(2000)
    },
  },
  {
    name: 'tour',
    async enter(page) {
      await page.goBack()
      await page.getByRole('button', { name: 'Take the tour' }).click()
      await expect(page.getByRole('region', { name: 'Guided tour' })).toBeVisible(long)
      await expect(page.getByRole('grid', { name: 'Rows of the data' })).toBeVisible(long)
    },
  },
]

/** Which of them docs/tutorials show, as they are met, at a size to be read. */
export const isInTutorials = (name: string): boolean =>
  /^(table-[1-7]|(images|text)-[1-6])-[a-z]+$/.test(name)

/** The walk, in the folder that holds the workspace and what is read into it. */
export const rooms = (folder: string): readonly Room[] => [
  ...empty,
  ...table,
  ...images,
  ...text,
  ...odd(folder),
  ...elsewhere,
]
