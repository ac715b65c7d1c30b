/** Where PyTorch has these functions, none of them a method; each is a kernel of its own there. */
export const place = { isMethod: false, torch: 'torch.nn.functional', widens: true } as const
