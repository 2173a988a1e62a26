export const dash = '-';
