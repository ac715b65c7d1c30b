/** Small parts that every page is made of. */
export const ui = {
  confirm: {
    cancel: 'Cancel',
  },
  copy: {
    copied: 'Copied',
  },
  failure: {
    settings: 'Open settings',
    importAgain: 'Import again',
    train: 'Go to Train',
    tryAgain: 'Try again',
  },
  message: {
    copy: (text: string) => `Copy ${text}`,
    less: 'Show less',
    all: 'Show all',
  },
  needs: {
    data: {
      title: 'There is no data yet',
      text: 'This step works on the project’s data: a table, a folder of pictures, or texts. Data opens it.',
      go: 'Go to Data',
    },
    run: {
      title: 'There is no trained run yet',
      text: 'This step works on a run that has finished, or was stopped after its first epoch.',
      go: 'Go to Train',
    },
  },
  number: {
    notANumber: 'Enter a number.',
    notWhole: 'Enter a whole number.',
    atLeast: (least: number) => `At least ${least}.`,
    atMost: (most: number) => `At most ${most}.`,
  },
  numbers: {
    remove: (one: string, place: number, list: string) => `Remove ${one} ${place} of ${list}`,
    none: 'None.',
    addTo: (list: string) => `Add to ${list}`,
    add: 'Add',
  },
  dialog: {
    close: 'Close',
  },
}
