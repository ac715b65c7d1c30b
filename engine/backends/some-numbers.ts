/** Numbers to time kernels on, of all kinds: on zeros a processor draws less power, and subnormal ones would be slow. */
export function someNumbers(count: number): Float32Array {
  const numbers = new Float32Array(count)
  for (let i = 0; i < count; i++) numbers[i] = ((i * 7919) % 1009) / 1009 - 0.5
  return numbers
}
