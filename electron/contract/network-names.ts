/**
 * Names that layers and groups cannot have: modules have something else by them, in the engine or in PyTorch. A layer that was
 * called `train` would stand in the place of what switches a network to training.
 */
const taken = `
  add_module apply bfloat16 buffers call call_super_init children clear compile constructor cpu cuda double
  dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu items keys
  load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop
  register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
  register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
  register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule
  share_memory state_dict to to_empty train training type update values xpu zero_grad
  _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks
  _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs _get_name
  _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks _modules
  _named_members _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook _register_state_dict_hook
  _replicate_for_data_parallel _save_to_state_dict _state_dict_hooks _state_dict_pre_hooks _version
`
const reserved: ReadonlySet<string> = new Set(taken.trim().split(/\s+/))

/** One part of an id; Python's own names have two underscores on both sides. */
export const isReserved = (part: string): boolean => reserved.has(part) || /^__.*__$/.test(part)

/** The first part of an id that is reserved; undefined: none. */
export const reservedIn = (id: string): string | undefined => id.split('.').find(isReserved)
