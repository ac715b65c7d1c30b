/** Reads rows beside the page: a worker can be ended, where an expression of somebody does not come to an end. */
import { feedsOf } from './reader.js'

addEventListener('message', ({ data: { signature, rows } }) => {
  try {
    postMessage({ read: feedsOf(signature, rows) })
  } catch (error) {
    postMessage({ why: error.message })
  }
})
