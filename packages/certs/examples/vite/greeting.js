export const greeting = `Hello from ${location.origin}`;
