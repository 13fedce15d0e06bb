// It has to be there before the library is.
import 'reflect-metadata';

export * from '@peculiar/x509';
