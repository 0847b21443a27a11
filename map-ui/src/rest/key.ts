const slot = 'ioc.key';

/** The key that the operator gave, kept for as long as the browser tab lives; null when there is none. */
export const readKey = (): string | null => sessionStorage.getItem(slot);

export const storeKey = (key: string): void => sessionStorage.setItem(slot, key);

export const forgetKey = (): void => sessionStorage.removeItem(slot);
