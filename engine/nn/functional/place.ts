/** Where PyTorch has these functions, none of them a method. */
export const place = { isMethod: false, torch: 'torch.nn.functional' } as const
