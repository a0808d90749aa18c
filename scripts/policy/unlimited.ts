/** The word for "no limit". It is always written out: an empty value once became a limit of 512. */
export const UNLIMITED = 'unlimited';
