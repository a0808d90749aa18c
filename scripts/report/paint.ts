/** The few meanings that output has a colour for. */
export type Tone = 'error' | 'warning' | 'good' | 'added' | 'removed' | 'strong' | 'faint';

/** Colours a text on a terminal, and gives it back as it is everywhere else. */
export type Paint = (tone: Tone, text: string) => string;

/** No colours: for files, pipes, and NO_COLOR. */
export const plain: Paint = (_tone, text) => text;
