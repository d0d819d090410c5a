import { createTheme } from '@mantine/core';

type Part = 'label' | 'input' | 'description' | 'error';
/** Notes stand under their field, so that fields side by side keep one line. */
const field = { size: 'xs', inputWrapperOrder: ['label', 'input', 'description', 'error'] satisfies Part[] };

/** Defaults of the controls: dense, and without motion. Colours and sizes stand in the sheets. */
export const theme = createTheme({
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: field },
    PasswordInput: { defaultProps: field },
    NumberInput: { defaultProps: field },
    NativeSelect: { defaultProps: field },
    Textarea: { defaultProps: field },
    Checkbox: { defaultProps: { size: 'xs' } },
    Radio: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'sm' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Modal: { defaultProps: { radius: 'md' } },
  },
});
