export { cnn, type CnnOptions } from './cnn.ts'
export { BasicBlock, CifarResNet, resnet20, type ResNetOptions } from './resnet.ts'
