import { expect, type Page } from '@playwright/test'

/** Opens a step from the rail on the left. */
export async function goTo(page: Page, step: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: new RegExp(`^${step}:`) })
    .click()
  await expect(page.getByRole('heading', { level: 1, name: step })).toBeVisible()
}

/** Opens the list of commands, and types into it once it listens: what is typed before goes to the page. */
export async function searchCommands(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('textbox', { name: 'Search commands' })).toBeFocused()
  await page.keyboard.type(text)
}

/** The fields of the steps commit on Enter; the host has the new recipe once nothing is being saved. */
export async function setField(page: Page, label: string, value: string): Promise<void> {
  const field = page.getByRole('textbox', { name: label, exact: true })
  await field.fill(value)
  await field.press('Enter')
  await expect(page.getByText('Saving…')).toHaveCount(0)
  await expect(field).toHaveValue(value)
}

/** Presses a button that opens the file dialog, and answers it. */
export async function chooseFile(page: Page, button: string, path: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: button }).click()
  await (await chooser).setFiles(path)
}

/** From the start page, which has buttons of the same names as a project's first. */
export async function newProject(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New empty project' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible()
}

export async function openSample(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: `Open sample ${title}` }).click()
  // The start page's own heading holds the word too. An import starts a process, which takes a loaded machine a while.
  const heading = page.getByRole('heading', { level: 1, name: 'Data', exact: true })
  await expect(heading).toBeVisible({ timeout: 60_000 })
}

/** On Model, the small perceptron: whose layers are few, and trained in a moment. */
export async function chooseQuick(page: Page): Promise<void> {
  const effort = page.getByRole('combobox', { name: 'Effort' })
  await effort.selectOption('quick')
  await expect(page.getByText('Saving…')).toHaveCount(0)
  await expect(effort).toHaveValue('quick')
}

/** Where nothing is asked of how good the network is. */
export async function takeQuick(page: Page): Promise<void> {
  await goTo(page, 'Model')
  await chooseQuick(page)
}

export async function startTraining(page: Page, name: string): Promise<void> {
  await page.getByRole('form', { name: 'New run' }).getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Start training' }).click()
}

/** The panel of the run with this name, in this state. */
export async function expectState(page: Page, state: RegExp, timeout = 60_000): Promise<void> {
  await expect(page.getByRole('main').getByText(state).first()).toBeVisible({ timeout })
}

/** What is worked out anew has come: until then it is shown paler, which nobody is to judge. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByText('Saving…')).toHaveCount(0, { timeout: 60_000 })
  await expect(page.locator('main [aria-busy="true"], main .opacity-60')).toHaveCount(0, { timeout: 60_000 })
}
