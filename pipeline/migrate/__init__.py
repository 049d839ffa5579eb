"""Read code that uses Keras' `ImageDataGenerator`, and write the same with `pipeline`, without running the code."""
