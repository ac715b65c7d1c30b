/** The guided tour: what it says at each of its places. */
export const tour = {
  start: 'Take the tour',
  about: 'Two minutes, with a sample: it trains a real model and shows each step once.',
  command: { label: 'Take the guided tour', words: ['help', 'tutorial', 'introduction', 'learn', 'begin'] },
  label: 'Guided tour',
  at: (step: number, of: number) => `${step} of ${of}`,
  back: 'Back',
  next: 'Next',
  end: 'End the tour',
  done: 'Done',
  escape: 'Esc ends it',
  missing: 'It appears here in a moment.',
  failed: (why: string) => `The tour could not open its sample: ${why}`,
  steps: {
    data: {
      title: 'What is to be predicted',
      text: 'A table of 2,000 customers is open. Each column has a kind and a role, found out from its values. The target is the column that the network learns to predict: who left.',
    },
    explore: {
      title: 'What the data is like',
      text: 'Here it shows what looks wrong before anything is trained. Only 15 % of these customers left, so a model that always says “no” is right 85 % of the time. Keep that number in mind.',
    },
    prepare: {
      title: 'Rows that the network never sees',
      text: 'The rows are split in three: one part trains, one says when to stop, and one stays sealed until the end. Only the last gives an honest figure.',
    },
    model: {
      title: 'The network',
      text: 'A network that suits the table is chosen already. Its parameters, its memory and every layer are told here, and can be changed one by one.',
    },
    train: {
      title: 'Train it',
      text: 'Press this button. It takes some seconds, on a busy machine up to a minute, and nothing leaves this machine.',
    },
    curves: {
      title: 'Watch it learn',
      text: 'Loss is how wrong the network is. Where training falls and validation rises, it begins to learn by heart; the best epoch is kept by itself.',
    },
    evaluate: {
      title: 'Is it any good?',
      text: 'Judge it on the validation rows first, beside simple models. The seal opens the test rows: what they say counts once, so open them last.',
    },
    deploy: {
      title: 'Take it along',
      text: 'Save the model as a folder that holds its weights and its preparation. From there it predicts files, answers requests, or becomes ONNX. That was the tour: your own table goes the same way.',
    },
  },
}
