/** Where WebGPU comes from: the browser's own, or Dawn under Node. */

/** Dawn's instance must outlive its devices: collected earlier, it takes the process down. */
let dawn: Promise<GPU> | null = null

async function startDawn(): Promise<GPU> {
  const { create } = await import('webgpu')
  // Kernels write shared memory before they read it. Its clearing would be compiled element by element on SwiftShader:
  // 0.7 s for a matmul instead of 0.04 s.
  // Matrix units are an experiment of Dawn's, and NVIDIA's float16 is listed as doubtful: both are used where somebody asks for
  // less precision, and nowhere else.
  // Clamping every index to its buffer would stand in the innermost loops. Kernels are given all sizes and clamp what
  // comes from data themselves; bounds.test.ts holds them to it. In a browser indices are clamped all the same.
  // Times rounded to 0.1 ms, which is for a browser's strangers, would hide most kernels.
  // Validation stays: without it a kernel's encoding takes 2.2 µs instead of 2.4, and a wrong command the process.
  return create([
    'enable-dawn-features=disable_workgroup_init,disable_robustness,allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
    'disable-dawn-features=timestamp_quantization',
  ])
}

function findGpu(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && navigator.gpu) return Promise.resolve(navigator.gpu)
  dawn ??= startDawn()
  return dawn
}

const isNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined

/** What is missing, and what to do about it. */
function missing(): string {
  if (!isNode())
    return 'This browser offers no WebGPU device. Switch on hardware acceleration, or use another backend.'
  const driver = process.env['VK_ICD_FILENAMES']
  if (process.platform !== 'linux')
    return 'Dawn found no GPU on this machine. Update its graphics driver, or use another backend.'
  if (driver)
    return `Dawn found no GPU through VK_ICD_FILENAMES=${driver}. Unset it, or name a working Vulkan driver.`
  return (
    "Dawn found no Vulkan device on this machine. Install your graphics card's Vulkan driver and libvulkan1, " +
    "or point VK_ICD_FILENAMES at a driver such as SwiftShader's vk_swiftshader_icd.json, or use another backend."
  )
}

/** The fastest adapter. Errors: an Error that says why there is none and what to do. */
export async function requestAdapter(): Promise<GPUAdapter> {
  let gpu: GPU
  try {
    gpu = await findGpu()
  } catch (error) {
    throw new Error(`WebGPU could not be started: ${error instanceof Error ? error.message : String(error)}`)
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error(missing())
  return adapter
}

const softwareRenderers = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i

/** Whether a CPU plays the GPU: right, but slow. */
export const isSoftware = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter || softwareRenderers.test(`${info.architecture} ${info.device} ${info.description}`)

/** What the user knows the device as. */
export function deviceName(info: GPUAdapterInfo): string {
  const { vendor, architecture, device, description } = info
  if (isSoftware(info)) return `${description || device || architecture || 'GPU'} (software)`
  // Dawn's description is that of the driver alone, and its device the card's name in hyphens; browsers may hide either.
  const card = device.replaceAll('-', ' ').trim() || [vendor, architecture].filter(Boolean).join(' ')
  return [card, description].filter(Boolean).join(', ') || 'GPU'
}

const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/** Dawn's experiment with the matrix units of GPUs; its name is in no standard yet. */
export const subgroupMatrix = 'chromium-experimental-subgroup-matrix' as GPUFeatureName

/** Wanted where they are offered. */
const features = ['timestamp-query', 'shader-f16', 'subgroups', subgroupMatrix] as const

/** A device with all the memory and bindings its adapter allows; the defaults are the smallest anybody has. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]))
  const requiredFeatures = features.filter((name) => adapter.features.has(name))
  return adapter.requestDevice({ requiredLimits, requiredFeatures })
}
