/** Geometry of the network drawing: a column per layer, as tall as its width on a log scale. */
export interface DrawnLayer {
  x: number
  y: number
  height: number
  width: number
  units: number
  label: string
}

export function drawNetwork(
  layers: readonly { label: string; units: number }[],
  size: { width: number; height: number },
): DrawnLayer[] {
  const most = Math.max(2, ...layers.map((layer) => layer.units))
  const gap = layers.length > 1 ? (size.width - barWidth) / (layers.length - 1) : 0
  return layers.map((layer, index) => {
    // A logarithm keeps one unit visible beside thousands.
    const height = 16 + (size.height - 16) * (Math.log2(layer.units + 1) / Math.log2(most + 1))
    return {
      x: index * gap,
      y: (size.height - height) / 2,
      height,
      width: barWidth,
      units: layer.units,
      label: layer.label,
    }
  })
}

const barWidth = 40
