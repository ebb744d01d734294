/** 导览，中文。 @module */

/** @import {TourTexts} from './stops.js' */

/** @type {TourTexts} */
export const texts = {
  stops: {
    reader: {
      title: '写一个数字',
      words: '这个网络已经训练好了。它一行一行地读你写的数字，旁边的图显示每读完一行它会怎么说。',
    },
    unrolled: {
      title: '什么是循环神经网络',
      words:
        '每个时间步都是同一个单元：输入从下方进来，隐藏状态从左边传来。选一个时间步，看看怎样求和。',
    },
    wave: {
      title: '学一条曲线',
      words: '点上方的“开始”。网络每次只看到 sin 的一个点，要学会答出 cos：蓝线会贴上红线。',
    },
    memory: {
      title: '看它的记忆',
      words: '每个点是一个时间步的隐藏状态。训练把环撑开，上升和下降就分得开了。',
    },
    'state-modes': {
      title: '状态是传递，还是清零',
      words: '点“三种做法比一比”。不传递状态，损失就停在 0.1，因为每段的第一个点只能猜。',
    },
    'free-run': {
      title: '换一条没学过的曲线',
      words: '自己画一条曲线，或者把频率加倍。权重不再改变，学会了什么、没学会什么，一看便知。',
    },
    'belief-tape': {
      title: '它在哪里拿定主意？',
      words:
        '点“开始”，让它学几秒钟，再从 28 行中擦掉一行：这一行以上什么都不变，从这一行起，判断分成两支。',
    },
    gates: {
      title: 'LSTM 的门',
      words: '点“训练后的遗忘门，排序”。颜色越浓越接近 1，保留记忆；没有颜色的接近 0，抹去记忆。',
    },
    inside: {
      title: '固定一个门',
      words: '一个单元在一行上的数值，画成一张图。固定一个门，看看训练过的网络会读成什么。',
    },
    'gradient-flow': {
      title: 'RNN 为什么学得差',
      words: '点“比较”。起初三种单元的梯度传到第 1 行都所剩无几；LSTM 和 GRU 学会了让它通过。',
    },
    mistakes: {
      title: '它错在哪里',
      words: '先训练一会儿，再让它读测试图片。点一处错误，就能看到它是从哪一行走岔的。',
    },
    exercises: {
      title: '轮到你了',
      words: '每道练习都有一个由页面检查的目标、一条提示，以及页面可以替你完成的答案。',
    },
  },
  words: {
    label: '页面导览',
    where: '{stop} / {count}',
    back: '上一站',
    next: '下一站',
    leave: '离开导览',
    finish: '结束导览',
  },
};
