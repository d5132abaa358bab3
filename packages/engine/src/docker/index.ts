export { type AnswerLimit, answered, answeredWithin } from './answered.ts';
export { assertContainerRunning, containerTrouble } from './assertContainerRunning.ts';
export { dockerClient } from './client.ts';
export { type ContainerEvent, type FollowOptions, followContainerEvents } from './followEvents.ts';
export { type InspectOptions, inspectContainer, plainName, refusal } from './inspectContainer.ts';
export { findLabelled, type LabelledAnswer } from './labelled.ts';
export type { ContainerFacts, ContainerLimits, ContainerLook, ContainerMount } from './look.ts';
export { namingContainer, type Place } from './namingContainer.ts';
