/** How much a person should think before allowing it. */
export type Sensitivity = 'low' | 'medium' | 'high';
