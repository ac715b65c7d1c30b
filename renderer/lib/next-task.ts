/** What comes after it is a task of its own: between tasks the window draws, and answers people. https://web.dev/articles/optimize-long-tasks */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
